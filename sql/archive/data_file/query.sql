-- Written files, with the time at which their digests were taken.
SELECT path, size_bytes, sha256, holds, $recorded_at::TIMESTAMPTZ AS recorded_at
FROM written
