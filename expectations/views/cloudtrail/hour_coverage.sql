-- One row per account, region and hour of the period, also where nothing was recorded.
-- The hours come from the listing of the folder, not from the events: a silent hour has a row.
SELECT
    hours.account,
    hours.region,
    hours.hour,
    hours.began_at,
    hours.files,
    count(events.event_id) AS events
FROM cloudtrail_log_hours AS hours
JOIN places
    ON places.account = hours.account AND places.region = hours.region
LEFT JOIN cloudtrail_events AS events
    ON events.account = hours.account
    AND events.region = hours.region
    AND events.occurred_at >= hours.began_at
    AND events.occurred_at < hours.began_at + INTERVAL 1 HOUR
GROUP BY ALL
ORDER BY hours.account, hours.region, hours.hour
