"""Vonage Verify v2 as a pure state machine, and its wire format."""
