"""Checks of rules beyond what loading demands: each one small class in a file of this folder, found by walking it."""

from hubscan.engine.lint.base import Check, Fault, Subject, checks, run, subject

__all__ = ["Check", "Fault", "Subject", "checks", "run", "subject"]
