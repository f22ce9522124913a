// CMS Pixel tracker: currents, temperatures, fluence, radiation damage.
