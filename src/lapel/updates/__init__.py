"""Updates of models that are data: what is sent to a device that has an older one."""
