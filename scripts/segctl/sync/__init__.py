"""From the warehouse to a destination: what should be there, what is, and the way between."""
