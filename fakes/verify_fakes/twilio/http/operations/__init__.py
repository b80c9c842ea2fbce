"""What each operation of the vendor's document does here; a module per resource."""
