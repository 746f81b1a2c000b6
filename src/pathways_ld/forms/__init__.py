"""Forms and spreadsheets made from the shapes, and the statements that come out of them."""
