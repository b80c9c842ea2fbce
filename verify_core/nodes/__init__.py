"""The Sender and the Collector Decision, and the little framework they stand on."""
