"""What a Twilio account has besides verifications, such as services and rate limits."""
