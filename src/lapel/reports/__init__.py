"""Reports: what records say, as pictures in one page of HTML or as files of SVG."""

from lapel.reports import notebook
from lapel.reports.verb import Report, report

notebook.install()

__all__ = ["Report", "report"]
