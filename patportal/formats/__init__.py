"""How dates are written where a template does not say: the admin's own pages."""
