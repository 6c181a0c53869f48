"""One module a verb. Each returns a result; printing stays in cli."""
