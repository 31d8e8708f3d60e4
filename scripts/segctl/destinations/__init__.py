"""Where audiences go. One file per tool; `base` is what each of them has to offer."""
