"""segctl: looks at customer segments in the warehouse and keeps email tools in step with them."""

__version__ = "0.1.0"
