"""SPARQL over HTTP without a web framework: requests become questions, answers become responses.

``Endpoint`` in ``endpoint.py`` is the entrance; it takes a plain ``Request`` and gives a plain
``Response``. SPARQL 1.1 Protocol, SPARQL 1.1 Service Description, RFC 9110, RFC 9457.
"""
