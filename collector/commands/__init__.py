"""The commands of `collector`, one module per noun; cli.py gathers them."""
