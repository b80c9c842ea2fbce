"""What a provider's author and a form's author test with."""
