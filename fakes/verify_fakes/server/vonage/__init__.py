"""The fake Vonage as a server; the parts that no vendor owns are one level up."""
