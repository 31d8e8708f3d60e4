{{ segmentation.rows_in_use('experiments') }}
