"""ONNX forms of operators, one a file of the operator's name: `write`, an `emitter.Form`."""
