"""What one person can ask for: everything that is known of them, and to be erased."""
