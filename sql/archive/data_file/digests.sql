-- Recorded digests of data files.
SELECT path, sha256, holds
FROM archive.data_file
ORDER BY path, sha256
