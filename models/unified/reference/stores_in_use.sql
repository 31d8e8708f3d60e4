{{ segmentation.rows_in_use('stores') }}
