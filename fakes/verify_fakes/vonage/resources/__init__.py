"""What a Vonage account has besides verifications: keys, and signed webhooks."""
