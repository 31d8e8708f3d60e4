"""The user's dbt project and warehouse: what models there are, and rows out of them."""
