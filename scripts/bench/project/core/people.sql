-- Who is who and who may be mailed is given, as the project's models found it.
create temp table orders_of as
select identifier_value as source_customer_id, customer_id
from read_parquet(getvariable('people'))
where identifier_type = 'customer_id';

create temp table mails_of as
select identifier_value as email, customer_id
from read_parquet(getvariable('people'))
where identifier_type = 'email';

create temp table visits_of as
select identifier_value as visitor_key, customer_id
from read_parquet(getvariable('people'))
where identifier_type = 'anonymous_id';

create temp table subscribers as
select customer_id
from read_parquet(getvariable('people'))
where identifier_type = 'may be mailed';

create temp table everybody as
select distinct customer_id from read_parquet(getvariable('people'));
