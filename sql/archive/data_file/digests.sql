-- Digests of data files, as they were taken.
SELECT path, sha256, holds
FROM archive.data_file
ORDER BY path, sha256
