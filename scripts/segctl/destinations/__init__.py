"""Where audiences go: a package per tool behind `segctl.protocol`, and what they share."""
