"""Add, and the fused activation."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import activated

write = activated("Add")
