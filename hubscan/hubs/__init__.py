"""The hubs: one file each, found by walking this folder, held by `base.py`. Nothing outside names a hub in code."""
