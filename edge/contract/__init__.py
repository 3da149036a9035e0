"""The wire contract as a document that others can build on without reading our code: AsyncAPI 3."""
