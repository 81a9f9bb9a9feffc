"""The composition root: settings, URLs and what every request passes through."""

__version__ = "0.1.0"
