-- One row per account of someone who has left by the run's moment, and how many of that name still
-- work. Names are compared without case; 无 and none say that there was no account.
SELECT
    leavers.hr_leavers,
    leavers.person,
    leavers.account,
    leavers.kind,
    leavers.left_at,
    count(live.name) AS live_accounts
FROM drop_hr_leavers AS leavers
JOIN places ON places.hr_leavers = leavers.hr_leavers
CROSS JOIN run
LEFT JOIN (
    SELECT lower(trim("user")) AS name FROM aws_iam_users WHERE has_password OR has_active_key
) AS live
    ON live.name = lower(trim(leavers.account))
WHERE leavers.left_at <= run.as_of
    AND lower(trim(leavers.account)) NOT IN ('无', 'none', '-')
GROUP BY ALL
ORDER BY ALL
