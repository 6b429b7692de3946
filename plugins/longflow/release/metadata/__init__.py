"""What a release says about itself: to people, to data portals and to those who cite it.

These files are in English, like names and meanings of columns.
"""

from longflow.release.metadata.citation import citation_of
from longflow.release.metadata.datapackage import datapackage_of
from longflow.release.metadata.dictionary import dictionary_of
from longflow.release.metadata.readme import readme_of

__all__ = ["citation_of", "datapackage_of", "dictionary_of", "readme_of"]
