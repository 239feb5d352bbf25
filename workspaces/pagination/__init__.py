"""Pages of lists: by number, by key, by cursor."""
