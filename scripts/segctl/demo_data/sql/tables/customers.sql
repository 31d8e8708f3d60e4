-- Grain: one row per delivery of a customer record; a few are delivered twice.
with recorded as (
    select
        *,
        person * 4 + record as record_key,
        if(record = 0, signed_up_s, second_record_s) as created_s
    from (select *, unnest(range(records)) as record from people)
),

delivered as (
    select *, 0 as copy from recorded
    union all
    select *, copy_kind(record_key, 40) from recorded where copy_kind(record_key, 40) is not null
)

select
    record_key as sort_key,
    copy,
    customer_id(person, record) as source_customer_id,
    -- The addresses that tie several records together stay readable.
    if(
        records > 1,
        untidy(if(record = 2, other_email, email), record_key, 41),
        mistyped(email, record_key, 41)
    ) as email,
    first_name,
    -- Another name before a wedding, for instance.
    if(copy = 2, pick(last_names(), record_key, 45), last_name) as last_name,
    moment(created_s) as signed_up_at,
    if(record = 0, signup_source, 'newsletter') as signup_source,
    if(record = 0, birth_date, null) as birth_date,
    if(record = 0, gender, null) as gender,
    country,
    region,
    city,
    postal_code,
    latitude,
    longitude,
    language,
    time_zone,
    if(copy = 2, moment(created_s + 5), arrival(created_s, record_key, 46)) as loaded_at
from delivered
