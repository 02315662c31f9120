"""Reports: what records say, as pictures in one page of HTML or as files of SVG."""

from lapel.reports.verb import Report, report

__all__ = ["Report", "report"]
