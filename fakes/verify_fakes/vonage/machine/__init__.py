"""
Vonage Verify's laws, apart from any wire: life cycle, workflow, errors, faults.

`VonageStore` in `..store` puts them together with the resources.
"""
