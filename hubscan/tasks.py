"""What an upload of each task makes: the tasks a hub declares, sorted by their output.

The names are those of Hugging Face's tasks (https://huggingface.co/tasks) and of its older models; other hubs' records
carry the same.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

NOTHING = "nothing"
"""What a task makes that only reads: labels, places, scores, or a given text in other words."""

_TASKS = {
    "picture": "text-to-image image-to-image unconditional-image-generation inpainting image-text-to-image"
    " text-to-video image-to-video video-to-video image-text-to-video text-to-3d image-to-3d",
    "sound": "text-to-speech text-to-audio audio-to-audio",
    "text": "text-generation text2text-generation conversational image-to-text image-text-to-text video-text-to-text"
    " audio-text-to-text any-to-any",
    NOTHING: "text-classification token-classification zero-shot-classification fill-mask sentence-similarity"
    " text-ranking feature-extraction question-answering table-question-answering summarization translation"
    " image-classification zero-shot-image-classification image-feature-extraction image-segmentation object-detection"
    " zero-shot-object-detection keypoint-detection mask-generation depth-estimation video-classification"
    " visual-question-answering document-question-answering visual-document-retrieval audio-classification"
    " voice-activity-detection automatic-speech-recognition tabular-classification tabular-regression"
    " time-series-forecasting graph-ml reinforcement-learning robotics",
}
_MAKES: Mapping[str, str] = {task: output for output, tasks in _TASKS.items() for task in tasks.split()}


def makes(task: str | None) -> str | None:
    """Return picture (moving and solid ones too), sound, text or nothing; None for no task or one not listed here."""
    return _MAKES.get(task) if task else None


def makes_by_signs(tags: Iterable[str], files: Iterable[str]) -> str | None:
    """Return `NOTHING` where no task is declared and tags or file formats are those of what only reads, else None.

    A tag for what generates outweighs any other: tools that change pictures begin by detecting what is in them.
    """
    signs = set(map(_sign, tags))
    if _GENERATES in signs:
        return None
    return NOTHING if NOTHING in signs or any(name.lower().endswith(_TABULAR) for name in files) else None


@lru_cache(maxsize=1 << 14)  # hubs repeat their tags endlessly
def _sign(tag: str) -> str | None:
    word = tag.lower().replace("_", "-").replace(" ", "-")
    if word in _GENERATING or makes(word) not in (None, NOTHING):
        return _GENERATES
    return NOTHING if makes(word) == NOTHING or word.endswith(_READING) else None


_GENERATES = "generates"
_GENERATING = frozenset(
    """
    chat comfyui deepfake diffusers face-swap faceswap flux gan gguf image-editing image-generation inpainting lip-sync
    llm lora rvc sdxl stable-diffusion stable-diffusion-diffusers stable-diffusion-xl text-generation-inference tts
    video-generation voice-cloning voice-conversion
    """.split()  # noqa: SIM905
)
_READING = tuple(f"-{what}" for what in ("detection", "detector", "recognition", "verification", "regression"))
_READING += ("-classification", "-classifier", "-diarization")
_TABULAR = (".joblib", ".skops", ".cbm", ".ubj", ".npz", ".arff")
"""What scikit-learn, CatBoost, XGBoost and NumPy keep: numbers for tables, no weights of a generator."""


def depicts(task: str | None) -> bool:
    """Whether a task makes what can show a person: pictures, films, voices."""
    return makes(task) in ("picture", "sound")
