"""
Twilio Verify's laws, apart from any wire: life cycle, rules, errors, faults, numbers.

`VerifyStore` in `..store` puts them together with the resources.
"""
