-- The first instant of the run's window, once rendered and once bound.
SELECT '{{ window().start_text }}' AS rendered, CAST(CAST(? AS timestamp) AS varchar) AS bound;
