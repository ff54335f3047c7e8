-- One row per asset of this kind that is listed as in service, or was found, or both.
SELECT
    places.cmdb,
    coalesce(listed.asset, found.asset) AS asset,
    listed.asset IS NOT NULL AS is_listed,
    found.asset IS NOT NULL AS is_found
FROM (
    SELECT DISTINCT trim(asset) AS asset, cmdb
    FROM drop_cmdb
    WHERE kind = 'host' AND in_service
) AS listed
FULL JOIN (
    SELECT DISTINCT linux_accounts.host AS asset, places.cmdb
    FROM linux_accounts CROSS JOIN places
) AS found
    ON found.asset = listed.asset AND found.cmdb = listed.cmdb
JOIN places ON places.cmdb = coalesce(listed.cmdb, found.cmdb)
ORDER BY ALL
