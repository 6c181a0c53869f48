"""What is asked of the database, in plain functions, one module per noun."""
