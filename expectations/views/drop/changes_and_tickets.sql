-- One row per change, with whether a ticket of the approval system stands behind it.
SELECT
    changes.changes,
    changes.change,
    changes.began_at,
    count(tickets.ticket) > 0 AS has_ticket,
    coalesce(bool_or(tickets.status IN ('approved', 'done') AND tickets.approved_at IS NOT NULL), false) AS is_approved,
    coalesce(bool_or(tickets.status IN ('approved', 'done') AND tickets.approved_at <= changes.began_at), false) AS is_approved_first,
    coalesce(bool_or(tickets.approver IS NOT NULL AND tickets.approver <> tickets.requester), false) AS is_approved_by_another
FROM drop_changes AS changes
JOIN places ON places.changes = changes.changes
LEFT JOIN drop_tickets AS tickets
    ON tickets.ticket = changes.ticket AND tickets.kind = 'change'
GROUP BY ALL
ORDER BY ALL
