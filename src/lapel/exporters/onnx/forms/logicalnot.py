"""Not."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import elementwise

write = elementwise("Not")
