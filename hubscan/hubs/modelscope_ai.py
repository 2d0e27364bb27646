"""ModelScope's site for readers outside China, https://www.modelscope.ai: the same interface, models of its own."""

from hubscan.hubs.modelscope import ModelScope

HUB = ModelScope("modelscope_ai", "ModelScope (international)", "https://www.modelscope.ai", "https://modelscope.ai")
