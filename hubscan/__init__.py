"""hubscan: find, report and follow up misuse-prone models on public model hubs, from text metadata only."""

__version__ = "0.1.0"
