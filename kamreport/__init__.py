"""Key-account reports from Jupyter notebooks: everything that a notebook types.

Names are loaded when they are first used, so that the command line starts at once.

Examples
--------
>>> import kamreport as kam
>>> kam.wilson_interval(0, 20)[0]
0.0
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_MODULES = {
    "analysis.account_plans": ["account_plans", "revenue_bridge"],
    "analysis.acquisition": ["acquisition_cost"],
    "analysis.actions": ["review_actions"],
    "analysis.before_after": ["before_after"],
    "analysis.benchmarks": ["benchmarked", "own_metrics"],
    "analysis.bg_bb": ["fit_seasons", "season_histories"],
    "analysis.bg_nbd": ["fit_purchases"],
    "analysis.campaigns": ["campaign_profit", "expected_maximum_profit"],
    "analysis.channels": ["channel_presence"],
    "analysis.company": ["company_value", "segment_values"],
    "analysis.competitive_response": ["competitive_response"],
    "analysis.concentration": [
        "concentration",
        "concentration_trend",
        "gini",
        "owners_for_share",
        "ranking",
        "top_share",
    ],
    "analysis.concessions": ["rival_concessions"],
    "analysis.contested": ["contested_deals"],
    "analysis.counter_offers": ["counter_offers"],
    "analysis.defection": ["lost_owners", "spells"],
    "analysis.delivery": ["delivery_service"],
    "analysis.demand": ["demand", "demand_pattern"],
    "analysis.discounts": ["break_even_volume", "discount_review", "list_price_erosion"],
    "analysis.effort": ["dependency", "effort"],
    "analysis.forecast": ["outlook"],
    "analysis.gamma_gamma": ["fit_spend"],
    "analysis.gaps": ["key_account_gaps"],
    "analysis.importance": ["derived_importance", "strengths_and_weaknesses"],
    "analysis.incentives": ["incentives"],
    "analysis.intervals": [
        "bootstrap_interval",
        "fisher_exact",
        "funnel_limits",
        "holm",
        "ratio_interval",
        "wilson_interval",
    ],
    "analysis.key_accounts": ["key_accounts", "key_quarters", "reviews_of"],
    "analysis.key_moves": ["chance_moves", "key_list", "key_moves", "monthly_noise"],
    "analysis.lifetime": ["lifetime_values", "loss_counts", "margin_multiple", "retention_economics"],
    "analysis.losses": ["loss_reasons", "losses_by_destination"],
    "analysis.moves": ["move_review", "rival_moves"],
    "analysis.overdue": ["overdue_owners", "silences", "track_record"],
    "analysis.partial": ["partial_defection", "recent_months", "stopped_families"],
    "analysis.performance": [
        "account_changes",
        "monthly_totals",
        "owner_trends",
        "period_total",
        "period_totals",
        "region_comparison",
    ],
    "analysis.pipeline": ["deal_days", "pipeline"],
    "analysis.plan": ["period_target", "plan", "planned_measure", "scoped_targets"],
    "analysis.portfolio": ["four_part_test", "portfolio", "vip_rule"],
    "analysis.potential": ["new_products", "potential"],
    "analysis.price_attacks": ["price_attacks"],
    "analysis.prices": [
        "fisher",
        "jevons",
        "laspeyres",
        "own_prices",
        "paasche",
        "price_index",
        "prices_in_force",
        "tornqvist",
    ],
    "analysis.profile": ["competitive_profile"],
    "analysis.profit": ["fake_big_accounts", "margin_rate", "owner_profit", "usual_terms", "whale_curve"],
    "analysis.promotions": ["promotions"],
    "analysis.purchases": ["forecast_purchases", "purchase_histories"],
    "analysis.receivables": ["overdue"],
    "analysis.renewal": ["contract_renewals", "contract_terms", "fit_renewals"],
    "analysis.retention": ["retention"],
    "analysis.rfm": ["quintiles", "rfm", "rfm_scores"],
    "analysis.rival_presence": ["rival_presence"],
    "analysis.rival_shares": ["rival_shares", "switching_matrix"],
    "analysis.scoring": ["criteria", "key_score", "percentiles", "ratings_by_method", "score_weights"],
    "analysis.squeeze": ["squeeze"],
    "analysis.stages": ["stage_visits"],
    "analysis.stakeholders": ["stakeholders"],
    "analysis.statuses": ["account_statuses"],
    "analysis.value_map": ["brand_items", "competition_levels", "value_map"],
    "analysis.wallet_allocation": ["wallet_allocation", "wallet_rule"],
    "analysis.wallets": ["wallet_estimates"],
    "analysis.waterfall": ["price_and_service", "price_waterfall"],
    "analysis.white_space": ["white_space"],
    "analysis.win_rates": ["where_lost", "win_rates", "win_rates_by"],
    "analysis.windows": ["in_window"],
    "book.book": ["Book"],
    "book.opening": ["open_book"],
    "errors": ["KamreportError"],
    "language": ["Language", "Money", "Names", "Number", "Share", "Text", "clean", "text", "texts"],
    "period": ["Period"],
    "present.page": ["Page"],
    "present.section": ["Chart", "Column", "Headline", "Section", "Table", "Who"],
    "present.sections.account_plans": ["account_plans_section", "revenue_bridge_section"],
    "present.sections.basis": [
        "kinds_section",
        "left_out_section",
        "noted_section",
        "reconciliation_section",
        "sources_section",
        "time_section",
    ],
    "present.sections.churn": ["lost_accounts_section", "overdue_accounts_section", "retention_section"],
    "present.sections.comparisons": ["before_after_section", "benchmarks_section", "key_gaps_section"],
    "present.sections.competitive_response": ["competitive_response_section"],
    "present.sections.concentration": ["concentration_section", "whale_curve_section"],
    "present.sections.counter_offers": ["counter_offers_section"],
    "present.sections.cover": [
        "actions_section",
        "attainment_headline",
        "key_accounts_headline",
        "overdue_headline",
        "retained_headline",
        "total_headline",
    ],
    "present.sections.delivery": ["delivery_section"],
    "present.sections.discounts": ["discounts_section", "list_prices_section"],
    "present.sections.doubts": ["contradictions_section", "suspicions_section"],
    "present.sections.fake_big_accounts": ["fake_big_accounts_section"],
    "present.sections.growth": ["new_products_section", "outlook_section", "potential_section", "white_space_section"],
    "present.sections.habits": ["demand_section", "rfm_section"],
    "present.sections.incentives": ["incentives_section"],
    "present.sections.key_accounts": ["key_accounts_section"],
    "present.sections.key_moves": ["key_list_section", "key_moves_section"],
    "present.sections.lifetime": [
        "lifetime_value_section",
        "purchase_model_section",
        "retention_economics_section",
    ],
    "present.sections.losses": ["destinations_section", "loss_reasons_section"],
    "present.sections.moves": ["move_review_section", "rival_moves_section"],
    "present.sections.partial": ["partial_defection_section", "stopped_families_section"],
    "present.sections.pipeline": ["pipeline_section", "stuck_deals_section"],
    "present.sections.plan_and_cash": ["overdue_receivables_section", "plan_section", "regions_section"],
    "present.sections.pocket": [
        "dependency_section",
        "effort_section",
        "price_and_service_section",
        "waterfall_section",
    ],
    "present.sections.profile": ["profile_section"],
    "present.sections.promotions": ["channels_section", "promotions_section"],
    "present.sections.renewals": ["renewals_section"],
    "present.sections.rival_prices": ["concessions_section", "price_attacks_section", "price_index_section"],
    "present.sections.rival_shares": ["rival_shares_section", "switching_section"],
    "present.sections.rules": ["rules_section"],
    "present.sections.scoring": ["four_part_section", "key_score_section", "portfolio_section", "vip_rule_section"],
    "present.sections.squeeze": ["squeeze_section"],
    "present.sections.stakeholders": ["stakeholders_section"],
    "present.sections.statuses": ["statuses_section"],
    "present.sections.strengths": ["strengths_section"],
    "present.sections.unlocks": ["coverage_section", "first_rival_data_section", "unlocks_section"],
    "present.sections.value_map": ["competition_levels_section", "value_map_section"],
    "present.sections.wallet_rule": ["wallet_rule_section"],
    "present.sections.win_rates": ["win_rates_section"],
    "present.sections.win_rates_by": ["win_rates_by_section"],
    "present.style": ["chart_style"],
    "settings": ["Settings", "load_settings"],
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'kamreport' has no attribute '{name}'")
    value = getattr(import_module(f"kamreport.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
