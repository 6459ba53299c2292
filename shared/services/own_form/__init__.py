"""Our own form: an application is filled in page by page, checked, and sent into the same intake as any other."""
