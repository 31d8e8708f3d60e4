{{ segmentation.rows_in_use('exchange_rates') }}
