-- One row per asset of this kind that is listed as in service, or was found, or both.
SELECT
    places.cmdb,
    coalesce(listed.asset, found.asset) AS asset,
    listed.asset IS NOT NULL AS is_listed,
    found.asset IS NOT NULL AS is_found
FROM (
    SELECT DISTINCT trim(asset) AS asset, cmdb
    FROM drop_cmdb
    WHERE kind = 'bucket' AND in_service
) AS listed
FULL JOIN (
    SELECT DISTINCT aws_s3_buckets.bucket AS asset, places.cmdb
    FROM aws_s3_buckets CROSS JOIN places
) AS found
    ON found.asset = listed.asset AND found.cmdb = listed.cmdb
JOIN places ON places.cmdb = coalesce(listed.cmdb, found.cmdb)
ORDER BY ALL
