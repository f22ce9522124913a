// CMS Beam Halo Monitor: from uHTR data to rates and reports.
