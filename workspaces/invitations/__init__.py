"""Asking people to join by e-mail: whom (`addresses`), with what power (`inviting`), by which link (`links`), in which
words (`mail`), sent by the worker (`delivery`), and what happens when they come (`accepting`)."""
