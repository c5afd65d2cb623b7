-- The accounts with the days between which each row holds; a plain master file holds for ever.
SELECT
    * EXCLUDE (valid_from),
    coalesce(valid_from, DATE '1800-01-01') AS valid_from,
    coalesce(lead(valid_from) OVER (PARTITION BY account_id ORDER BY valid_from), DATE '9999-12-31') AS valid_to
FROM book.accounts
