// htmx puts itself into window.htmx.
import "htmx.org/dist/htmx.esm.js";
