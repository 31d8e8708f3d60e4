"""Where audiences go: one module per tool, all behind the protocol in `base`."""
